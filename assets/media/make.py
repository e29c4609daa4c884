#!/usr/bin/env python3
"""Draws the simulator's pictures and speaks its voices: python3 assets/media/make.py

Needs Pillow (pip) and, for the voices, espeak-ng and sox with libsox-fmt-all (apt).
"""
import math
import pathlib
import random
import subprocess

from PIL import Image, ImageDraw, ImageFilter

HERE = pathlib.Path(__file__).parent
random.seed(7)


def gradient(size, top, bottom):
    image = Image.new("RGB", size)
    draw = ImageDraw.Draw(image)
    for y in range(size[1]):
        share = y / size[1]
        colour = tuple(round(a + (b - a) * share) for a, b in zip(top, bottom))
        draw.line([(0, y), (size[0], y)], fill=colour)
    return image


def parcel():
    image = gradient((640, 480), (236, 232, 224), (198, 190, 178))
    draw = ImageDraw.Draw(image)
    draw.ellipse([110, 370, 560, 440], fill=(160, 150, 138))
    image = image.filter(ImageFilter.GaussianBlur(12))
    draw = ImageDraw.Draw(image)
    draw.polygon([(150, 200), (330, 260), (330, 420), (150, 350)], fill=(176, 124, 70))
    draw.polygon([(330, 260), (520, 190), (520, 340), (330, 420)], fill=(201, 148, 90))
    draw.polygon([(150, 200), (340, 140), (520, 190), (330, 260)], fill=(219, 170, 112))
    draw.polygon([(228, 175), (262, 164), (440, 218), (408, 231)], fill=(240, 222, 180))
    draw.polygon([(408, 231), (440, 218), (440, 280), (408, 292)], fill=(228, 208, 164))
    draw.polygon([(180, 260), (270, 290), (270, 350), (180, 318)], fill=(245, 245, 240))
    for row in range(4):
        y = 275 + row * 14
        draw.line([(190, y), (190 + 60 - row * 8, y + 20 - row * 2)], fill=(90, 90, 90), width=3)
    image.save(HERE / "parcel.jpg", quality=82)


def skyline():
    image = gradient((800, 500), (38, 32, 78), (250, 150, 90))
    draw = ImageDraw.Draw(image)
    draw.ellipse([520, 260, 640, 380], fill=(255, 214, 140))
    x = 0
    while x < 800:
        width, height = random.randint(34, 80), random.randint(90, 300)
        shade = random.randint(16, 40)
        draw.rectangle([x, 440 - height, x + width, 440], fill=(shade, shade, shade + 24))
        for wx in range(x + 6, x + width - 8, 12):
            for wy in range(450 - height, 430, 16):
                if random.random() < 0.45:
                    draw.rectangle([wx, wy, wx + 5, wy + 8], fill=(255, 222, 130))
        x += width + random.randint(0, 8)
    for y in range(440, 500):
        wave = round(8 * math.sin(y / 3))
        draw.line([(0, y), (800, y)], fill=(60 + (y - 440), 46 + wave, 90))
    image.save(HERE / "skyline.jpg", quality=80)


def receipt():
    image = Image.new("RGB", (360, 520), (120, 132, 140))
    draw = ImageDraw.Draw(image)
    draw.rectangle([40, 30, 320, 500], fill=(252, 251, 247))
    draw.text((110, 50), "NOODLES & TEA", fill=(30, 30, 30))
    for row, (item, price) in enumerate(
        [("beef noodles", 28), ("cucumber", 12), ("jasmine tea", 9), ("rice", 3), ("TOTAL", 52)]
    ):
        y = 100 + row * 34 + (20 if item == "TOTAL" else 0)
        draw.text((64, y), item, fill=(40, 40, 40))
        draw.text((262, y), f"{price}.00", fill=(40, 40, 40))
    draw.line([(60, 244), (300, 244)], fill=(120, 120, 120), width=2)
    x = 70
    while x < 290:
        width = random.choice([2, 3, 5])
        draw.rectangle([x, 380, x + width, 450], fill=(20, 20, 20))
        x += width + random.choice([2, 4])
    image.quantize(32).save(HERE / "receipt.png", optimize=True)


def voice(name, words):
    wav = HERE / f"{name}.wav"
    subprocess.run(["espeak-ng", "-v", "cmn", "-s", "160", "-w", wav, words], check=True)
    subprocess.run(["sox", wav, "-r", "8000", "-c", "1", "-C", "7", "-t", "amr-nb", HERE / f"{name}.amr"], check=True)
    wav.unlink()


if __name__ == "__main__":
    parcel()
    skyline()
    receipt()
    voice("hours", "你好，请问你们周末营业到几点？")
    voice("thanks", "收到了，谢谢老板！")
