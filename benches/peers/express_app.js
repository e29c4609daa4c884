// The callback as one writes it today with Express and better-sqlite3: checked, committed, answered; and a page of it with a
// search. DATABASE names the file, APP_SECRET the secret, PORT the port.

const { createHash, timingSafeEqual } = require("node:crypto");
const Database = require("better-sqlite3");
const express = require("express");

const db = new Database(process.env.DATABASE);
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
db.exec(`CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    receiver_id INTEGER NOT NULL,
    sender_id INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    text TEXT NOT NULL,
    data TEXT NOT NULL,
    deliveries INTEGER NOT NULL DEFAULT 1,
    UNIQUE (sender_id, created_at)
)`);
const insert = db.prepare(`INSERT INTO messages (type, receiver_id, sender_id, created_at, text, data) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET deliveries = deliveries + 1`);
const newest = db.prepare("SELECT * FROM messages ORDER BY id DESC LIMIT 50");
const search = db.prepare("SELECT * FROM messages WHERE text LIKE ? ORDER BY id DESC LIMIT 50");

function isSigned({ signature, timestamp, nonce }) {
    const parts = [process.env.APP_SECRET, timestamp, nonce].sort();
    const digest = Buffer.from(createHash("sha1").update(parts.join("")).digest("hex"));
    const given = Buffer.from(String(signature));
    return given.length === digest.length && timingSafeEqual(given, digest);
}

const app = express();

app.post("/weibo", express.json(), (request, response) => {
    if (!isSigned(request.query)) return response.status(403).end();
    const { type, receiver_id, sender_id, created_at, text, data } = request.body;
    insert.run(type, receiver_id, sender_id, created_at, text, JSON.stringify(data));
    response.end();
});

app.get("/messages", (request, response) => {
    response.json(request.query.q ? search.all(`%${request.query.q}%`) : newest.all());
});

app.listen(Number(process.env.PORT), "127.0.0.1");
