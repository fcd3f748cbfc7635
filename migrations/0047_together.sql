-- Several invoices in one payment. The first invoice of an attempt, with what is asked for it, stands in `checkouts`
-- itself; further ones stand here. So an attempt of one invoice is what it always was, and a release that knows nothing
-- of this sees a sum that does not fit instead of writing all of it on the first invoice.
CREATE TABLE checkout_documents (
    checkout_id TEXT NOT NULL REFERENCES checkouts (id),
    document_id TEXT NOT NULL REFERENCES documents (id),
    amount BIGINT NOT NULL,
    PRIMARY KEY (checkout_id, document_id)
);
CREATE INDEX checkout_documents_by_document ON checkout_documents (document_id, checkout_id);
