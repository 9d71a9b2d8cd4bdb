-- Numbers are never given again: AUTOINCREMENT.
CREATE TABLE records (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    artist TEXT NOT NULL,
    title TEXT NOT NULL,
    year INTEGER,
    genre TEXT NOT NULL,
    shelf TEXT NOT NULL,
    price TEXT NOT NULL,
    note TEXT NOT NULL,
    -- Whether the shop has corrected the genre: an import does not undo it.
    corrected INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What the stock has seen of a record's cover, the first to be shown.
CREATE TABLE views (
    id INTEGER PRIMARY KEY,
    record INTEGER NOT NULL REFERENCES records ON DELETE CASCADE,
    -- SHA-256 of the file that it came from, and of `cover`: by either it is known again.
    digest BLOB NOT NULL,
    kept BLOB NOT NULL,
    thumbnail BLOB NOT NULL,
    cover BLOB NOT NULL
) STRICT;

CREATE INDEX views_of_record ON views (record);
CREATE INDEX views_by_digest ON views (digest);
CREATE INDEX views_by_kept ON views (kept);

-- Apart from the pictures, so that all of them are read in one go.
CREATE TABLE embeddings (
    view INTEGER PRIMARY KEY REFERENCES views ON DELETE CASCADE,
    -- SHA-256 of the network that made it.
    network TEXT NOT NULL,
    -- 32-bit floats, the least byte first.
    vector BLOB NOT NULL
) STRICT;
