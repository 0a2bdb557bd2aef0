-- By what the customer takes part: the program, or a page in his browser. What came before was the program.

ALTER TABLE sessions ADD COLUMN via TEXT NOT NULL DEFAULT 'program';
