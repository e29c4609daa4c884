"""The callback as one writes it today with FastAPI and SQLite: checked, committed, answered; and a page of it with a search.

DATABASE names the file, APP_SECRET the secret.
"""

import hashlib
import hmac
import json
import os
import sqlite3

from fastapi import FastAPI, Query, Request, Response

app = FastAPI()
db = sqlite3.connect(os.environ["DATABASE"], isolation_level=None)
db.row_factory = sqlite3.Row
db.execute("PRAGMA journal_mode = WAL")
db.execute("PRAGMA synchronous = FULL")
db.execute(
    """CREATE TABLE IF NOT EXISTS messages (
        id INTEGER PRIMARY KEY,
        type TEXT NOT NULL,
        receiver_id INTEGER NOT NULL,
        sender_id INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        text TEXT NOT NULL,
        data TEXT NOT NULL,
        deliveries INTEGER NOT NULL DEFAULT 1,
        UNIQUE (sender_id, created_at)
    )"""
)
INSERT = """INSERT INTO messages (type, receiver_id, sender_id, created_at, text, data) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET deliveries = deliveries + 1"""


def is_signed(signature: str, timestamp: str, nonce: str) -> bool:
    parts = sorted([os.environ["APP_SECRET"], timestamp, nonce])
    return hmac.compare_digest(hashlib.sha1("".join(parts).encode()).hexdigest(), signature)


@app.post("/weibo")
async def callback(request: Request, signature: str, timestamp: str, nonce: str) -> Response:
    if not is_signed(signature, timestamp, nonce):
        return Response(status_code=403)
    m = json.loads(await request.body())
    data = json.dumps(m["data"], ensure_ascii=False)
    db.execute(INSERT, (m["type"], m["receiver_id"], m["sender_id"], m["created_at"], m["text"], data))
    return Response()


@app.get("/messages")
async def messages(q: str = Query("")) -> list[dict]:
    where, values = ("WHERE text LIKE ?", [f"%{q}%"]) if q else ("", [])
    return [dict(row) for row in db.execute(f"SELECT * FROM messages {where} ORDER BY id DESC LIMIT 50", values)]
