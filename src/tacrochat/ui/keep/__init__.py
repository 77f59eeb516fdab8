"""What a reader keeps: conversations and collected quotes in the browser, and what is saved of them."""
