-- A record need not have a view: a table alone may tell of it. An import finds such a record by these three.
CREATE INDEX records_by_name ON records (artist, title, year);
