-- What is looked for and summed without reading everything.

-- The numbers of documents as people look for them: small letters and digits, from the front under 'f', from the back
-- under 't', so that a beginning and the last digits are both a range of this key.
CREATE TABLE document_numbers (
    word TEXT NOT NULL,
    document_id TEXT NOT NULL,
    PRIMARY KEY (word, document_id)
);

CREATE INDEX document_numbers_by_document ON document_numbers (document_id, word);

INSERT INTO document_numbers (word, document_id)
WITH RECURSIVE given (id, number) AS (
    SELECT id, lower(number) FROM documents WHERE number IS NOT NULL
    UNION
    SELECT id, lower(external_number) FROM documents WHERE external_number IS NOT NULL
),
walk (id, number, place, letter, front, back) AS (
    SELECT id, number, 1, substr(number, 1, 1), CAST('' AS TEXT), CAST('' AS TEXT) FROM given
    UNION ALL
    SELECT
        id,
        number,
        place + 1,
        substr(number, place + 1, 1),
        CASE WHEN length(front) < 40 AND letter IN ('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z') THEN front || letter ELSE front END,
        CASE WHEN letter IN ('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z') THEN letter || back ELSE back END
    FROM walk
    WHERE place <= length(number) AND place <= 200
)
SELECT 'f' || front, id FROM walk WHERE front <> '' AND (place > length(number) OR place > 200)
UNION
SELECT 't' || substr(back, 1, 40), id FROM walk WHERE back <> '' AND (place > length(number) OR place > 200);

-- How articles did, by day (days since 1970, UTC): what the settings of the bot show of the last months.
CREATE TABLE article_days (
    day BIGINT NOT NULL,
    article_id TEXT NOT NULL,
    asked BIGINT NOT NULL,
    answered BIGINT NOT NULL,
    confirmed BIGINT NOT NULL,
    denied BIGINT NOT NULL,
    escalated_after BIGINT NOT NULL,
    PRIMARY KEY (day, article_id)
);

INSERT INTO article_days (day, article_id, asked, answered, confirmed, denied, escalated_after)
SELECT day, article_id, CAST(SUM(asked) AS BIGINT), CAST(SUM(answered) AS BIGINT), CAST(SUM(confirmed) AS BIGINT), CAST(SUM(denied) AS BIGINT), CAST(SUM(escalated_after) AS BIGINT)
FROM (
    SELECT d.at / 86400000 AS day, d.article_id AS article_id, 1 AS asked, CASE WHEN d.outcome = 'answered' THEN 1 ELSE 0 END AS answered, 0 AS confirmed, 0 AS denied,
        CASE WHEN d.outcome = 'answered' AND EXISTS (SELECT 1 FROM bot_decisions l WHERE l.conversation_id = d.conversation_id AND l.at >= d.at AND l.outcome = 'handed_over') THEN 1 ELSE 0 END AS escalated_after
    FROM bot_decisions d WHERE d.article_id IS NOT NULL AND d.outcome IN ('answered', 'clarified', 'handed_over')
    UNION ALL
    SELECT f.at / 86400000, f.article_id, 0, 0, CASE WHEN f.verdict = 'helped' THEN 1 ELSE 0 END, CASE WHEN f.verdict = 'not_helped' THEN 1 ELSE 0 END, 0
    FROM article_feedback f WHERE f.verdict <> 'answered'
) days
GROUP BY day, article_id;
