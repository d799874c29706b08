"""The layout of a run's file, one numbered step after another; a step that was released never changes."""

MIGRATIONS = (
    """
    CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE rows (number INTEGER PRIMARY KEY, model TEXT NOT NULL, prompt TEXT NOT NULL, identity TEXT);
    CREATE TABLE samples (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
    CREATE TABLE asks (row INTEGER NOT NULL, sample TEXT NOT NULL, key TEXT NOT NULL,
                       PRIMARY KEY (row, sample));
    CREATE TABLE replies (key TEXT PRIMARY KEY, text TEXT NOT NULL, finish TEXT NOT NULL,
                          prompt_tokens INTEGER, reply_tokens INTEGER, seconds REAL, fault TEXT,
                          at TEXT NOT NULL);
    CREATE TABLE answers (row INTEGER NOT NULL, sample TEXT NOT NULL, answer TEXT NOT NULL,
                          PRIMARY KEY (row, sample));
    CREATE TABLE scores (row INTEGER NOT NULL, sample TEXT NOT NULL, metric TEXT NOT NULL, value REAL,
                         PRIMARY KEY (row, sample, metric));
    """,
)
