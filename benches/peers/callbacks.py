"""What is sent: callback bodies as a large account gets them, with some that are looked for, and the signature of a call."""

import datetime
import hashlib
import random
import re
from pathlib import Path

SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
# The messages that are looked for: what is typed, and a character that shows that the message is there. It is not typed and stands
# nowhere else; it is only one since a terminal is sent just the cells that change.
NEWEST_SHOWN = "鲸"
COMMON, COMMON_SHOWN, COMMON_EVERY = "凤梨", "筐", 1000
RARE, RARE_SHOWN = "榴莲", "猫"


def bodies(seed: int):
    """Callback bodies as a large account gets them, of the same words and shares as in `benches/shared.rs`; no two the same."""
    source = (Path(__file__).resolve().parents[1] / "shared.rs").read_text()
    words = re.search(r'const WORDS: &str = "(.*?)";', source, re.DOTALL)[1].replace("\\\n", "").split()
    draw = random.Random(seed).random
    china = datetime.timezone(datetime.timedelta(hours=8))
    senders, begin, second = 50_000, 1_720_000_000, ""

    def text():
        drawn = (words[int(draw() * draw() * len(words))] for _ in range(2 + int(draw() * 14)))
        return "".join(word + "，" if draw() < 1 / 6 else word for word in drawn)

    def content():
        fid, share = 3_000_000_000 + int(draw() * (1 << 40)), draw()
        if share < 0.75:
            return "text", text(), "{}"
        if share < 0.84:
            return "image", "分享图片", f'{{"vfid":{fid},"tovfid":{fid + 1}}}'
        if share < 0.89:
            return "voice", "分享语音", f'{{"vfid":{fid},"tovfid":{fid + 1}}}'
        if share < 0.92:
            place = f'{{"longitude":"{73 + draw() * 60:.6f}","latitude":"{20 + draw() * 30:.6f}"}}'
            return "position", "我的位置", place
        if share < 0.97:
            return "event", "关注事件消息", f'{{"subtype":"click","key":"menu_{fid}"}}'
        if share < 0.99:
            return "mention", text(), f'{{"subtype":"status","key":"{fid}"}}'
        return "video", text(), f'{{"tovfid":{fid}}}'

    number = 0
    while True:
        # Four a second, and no two of them from one sender, so that no two are the same.
        if number % 4 == 0:
            at = datetime.datetime.fromtimestamp(begin + number // 4, china)
            second = at.strftime("%a %b %d %H:%M:%S %z %Y")
        loud = draw() < 0.5
        sender = 1_000_000_000 + int(draw() * (senders // 100 if loud else senders)) * 4 + number % 4
        yield number, sender, second, *content()
        number += 1


def write_bodies(path: Path, seed: int, count: int, planted=None) -> list[int]:
    """Writes so many bodies, with `planted` texts in the place of some; the offset of each in the file."""
    offsets, offset = [], 0
    with path.open("wb") as out:
        for number, sender, second, kind, text, data in bodies(seed):
            if number == count:
                return offsets
            if planted and (found := planted(number)):
                kind, text, data = "text", found, "{}"
            line = (
                f'{{"type":"{kind}","receiver_id":1902538057,"sender_id":{sender},"created_at":"{second}",'
                f'"text":"{text}","data":{data}}}\n'
            ).encode()
            out.write(line)
            offsets.append(offset)
            offset += len(line)


def planted_among(count: int):
    """What is looked for: in every thousandth message, in one in the middle, and in the newest."""

    def planted(number):
        if number == count - 1:
            return NEWEST_SHOWN + "来了"
        if number == count // 2 + 1:
            return RARE_SHOWN + "爱吃" + RARE
        if number % COMMON_EVERY == COMMON_EVERY // 2:
            return f"第{number}{COMMON_SHOWN}{COMMON}"
        return None

    return planted


def signed_target() -> str:
    timestamp, nonce = "1397022061823", "57155157"
    signature = hashlib.sha1("".join(sorted([SECRET, timestamp, nonce])).encode()).hexdigest()
    return f"/weibo?signature={signature}&timestamp={timestamp}&nonce={nonce}"
