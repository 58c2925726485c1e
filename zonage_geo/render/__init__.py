"""An answer as French text, JSON or HTML; each face imports the one it shows."""
