"""What ``real_folders.py`` measures on documentation files of Debian packages, which nobody wrote for it."""
