"""An index that lives in Milvus: loaded only if an address begins with ``milvus+``."""
