"""Published tables and archives as streams of rows: one module a format, nothing larger than a row in memory."""
