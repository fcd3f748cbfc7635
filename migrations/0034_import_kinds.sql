-- Files of invoices stand in a table like those of machines and readings: one code keeps both.
ALTER TABLE billing_imports ADD COLUMN kind TEXT NOT NULL DEFAULT 'invoices';
