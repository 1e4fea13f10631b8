"""The vocabulary of names and texts."""

from __future__ import annotations

FIRST_NAMES = (
    "Ada Alan Anna Aria Ben Bo Carla Cem Chloe Dana Diego Elif Emma Eva Finn Gita Hana Hugo Ines Ivan "
    "Jonas Kai Lea Leo Lina Luca Maja Mara Milo Nadia Nils Nora Olga Omar Paul Pia Rosa Sami Tara Theo "
    "Uma Vera Wim Yara Zoe"
).split()
LAST_NAMES = (
    "Adler Baker Berg Blum Brandt Castro Chen Cole Costa Dahl Diaz Egger Fischer Flores Frank Gruber Haas "
    "Hansen Hill Ito Jensen Kaya Keller Klein Kovac Lang Lopez Maier Marino Meyer Moreau Nagy Novak Okoye "
    "Olsen Park Petrov Ricci Rossi Sato Schmidt Silva Singh Smit Sommer Tanaka Vogel Weber Wolf Yilmaz"
).split()
CITIES = (
    "Aarhus Basel Bergen Bologna Bremen Brno Cork Dresden Ghent Graz Krakow Leipzig Leiden Lille Lyon "
    "Malmo Nantes Porto Riga Sevilla Tartu Turku Utrecht Verona Vienna Zagreb"
).split()
STREETS = "Station Mill Church Garden Harbour Market Linden School Forest Bridge River Castle".split()
COUNTRIES = "AT BE CH CZ DE DK ES FI FR IE IT NL PL PT SE".split()

ADJECTIVES = (
    "Amber Bold Breezy Classic Compact Cosy Deluxe Durable Elegant Folding Gentle Heavy Light Little "
    "Modern Natural Nordic Perfect Plain Quiet Robust Rustic Simple Slim Smart Smooth Soft Solid Sturdy Tall"
).split()
MATERIALS = (
    "Bamboo Brass Canvas Ceramic Copper Cork Cotton Felt Glass Leather Linen Oak Steel Walnut Wool".split()
)
THINGS = (
    "Apron Basket Bench Blanket Bottle Bowl Brush Candle Chair Clock Coat Cushion Desk Drawer Frame Grinder "
    "Hammer Hook Jug Kettle Ladder Lamp Mirror Mug Notebook Pan Pillow Planter Plate Rack Rug Scarf Shelf "
    "Stool Table Teapot Towel Tray Vase Watch"
).split()
COLOURS = (
    "black white grey red green blue yellow brown orange pink purple beige turquoise gold silver".split()
)
PHRASES = (
    "Made to last.",
    "A gift that is used every day.",
    "Washes well and dries fast.",
    "Made by hand in small numbers.",
    "Comes flat and is put together in minutes.",
    "Looks good in any room.",
    "Easy to clean, easy to mend.",
    "Ten years of spare parts.",
)
TAGS = (
    "new sale gift handmade organic vegan recycled local limited bestseller kitchen office garden bath "
    "bedroom kids travel outdoor winter summer repairable refurbished premium basic"
).split()
DEPARTMENTS = "Buying Finance Logistics Marketing People Shop Support Technology".split()
TITLES = "Assistant Analyst Buyer Clerk Designer Engineer Planner Specialist".split()

REVIEW_TITLES = (
    "Very happy",
    "As described",
    "Not for me",
    "Would buy again",
    "Too small",
    "A fine gift",
    "Broke soon",
)
REVIEW_BODIES = (
    "It does what it should and looks good doing it.",
    "Smaller than I thought, but well made.",
    "Arrived late and with a scratch. Support was kind.",
    "My third one. The others are still in use.",
    "The colour is not that of the picture.",
)
COMMENTS = (
    "Thank you for telling us.",
    "Same here.",
    "Is it still available?",
    "We are looking into it.",
    "I agree.",
)
REASONS = ("damaged", "arrived late", "wrong item", "changed my mind", "does not fit")
SENTENCES = (
    "My parcel has not arrived yet, where is it?",
    "How long does delivery to {city} take?",
    "Can I change the address of my order to {city}?",
    "The {thing} I ordered came in the wrong colour.",
    "Please send me an invoice for the {thing}.",
    "Is the {thing} back in stock soon?",
    "I would like to return a {thing}, what should I do?",
)
RARE_SENTENCE = "Do you also sell a saxophone stand like the one in {city}?"
