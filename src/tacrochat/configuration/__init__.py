"""The configuration of a library: ``tacrochat.yaml`` in its folder of documents."""
