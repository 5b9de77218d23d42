"""`mlpages verify`: what proves that a built site is right, file by file and page by page."""
