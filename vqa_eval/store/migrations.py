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
    # Samples are put in several ways, and replies read by several readers. Answers and scores are derived:
    # what was made before is made again.
    """
    CREATE TABLE due (variant TEXT NOT NULL, sample TEXT NOT NULL, donor TEXT NOT NULL DEFAULT '',
                      PRIMARY KEY (variant, sample)) WITHOUT ROWID;
    INSERT INTO due SELECT 'plain', id, '' FROM samples;
    CREATE TABLE extractions (row INTEGER NOT NULL, reader TEXT NOT NULL, sample TEXT NOT NULL, key TEXT NOT NULL,
                              PRIMARY KEY (row, reader, sample)) WITHOUT ROWID;
    CREATE TABLE declined (row INTEGER NOT NULL, variant TEXT NOT NULL, PRIMARY KEY (row, variant)) WITHOUT ROWID;
    ALTER TABLE asks RENAME TO plain_asks;
    CREATE TABLE asks (row INTEGER NOT NULL, variant TEXT NOT NULL, sample TEXT NOT NULL, key TEXT NOT NULL,
                       PRIMARY KEY (row, variant, sample));
    INSERT INTO asks SELECT row, 'plain', sample, key FROM plain_asks ORDER BY rowid;
    DROP TABLE plain_asks;
    ALTER TABLE replies ADD COLUMN logprobs TEXT;
    DROP TABLE answers;
    DROP TABLE scores;
    CREATE TABLE marks (row INTEGER NOT NULL, variant TEXT NOT NULL, reader TEXT NOT NULL, position INTEGER NOT NULL,
                        body TEXT NOT NULL, PRIMARY KEY (row, variant, reader, position)) WITHOUT ROWID;
    """,
    # What labelling engines say of a text is asked once, whichever samples and rows bear the text.
    """
    CREATE TABLE labels (labeller TEXT NOT NULL, text TEXT NOT NULL, key TEXT NOT NULL,
                         PRIMARY KEY (labeller, text)) WITHOUT ROWID;
    """,
    # Which replies came through a provider's batch API, which charges less.
    """
    CREATE TABLE batched (key TEXT PRIMARY KEY) WITHOUT ROWID;
    """,
    # That stands in the reply itself: what gives way to another reply takes it along.
    """
    ALTER TABLE replies ADD COLUMN batched INTEGER NOT NULL DEFAULT 0;
    UPDATE replies SET batched = 1 WHERE fault IS NULL AND key IN (SELECT key FROM batched);
    DROP TABLE batched;
    """,
)
