"""The chat page, served by Gradio."""
