"""Words that Harbourton's streets, people and companies are named with; all fictional."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WARDS = (
    "Old Harbour",
    "Quayside",
    "Millgate",
    "Northcliff",
    "Saltmarsh",
    "Eastwater",
    "Tannery Hill",
    "Lantern Heights",
)
"""Ward 1 first; the ward's number is the first part of a parcel identifier."""

STREET_STEMS = _words(
    """Anchor Alder Almond Amber Arbor Ash Aspen Barley Basin Beacon Bell Birch Bobbin Bramble Brewer Brook
    Buoy Canal Candle Capstan Carder Castle Cedar Chandler Chapel Cherry Cinder Clover Cobble Cooper Copper Coral
    Cotton Crane Cutler Cypress Dock Drift Dyer Ember Fern Ferry Fiddler Flint Forge Fountain Foundry Fuller Gable
    Galley Garnet Gate Ginger Glass Granite Grove Gull Hammer Harbour Hatter Hawthorn Hazel Heather Heron Hickory
    Hollow Hop Iris Iron Ivy Jasper Juniper Keel Kiln Kestrel Ladder Lantern Larch Laurel Lighthouse Lime Linden
    Locust Loom Magnolia Maple Market Mason Meadow Merchant Mill Mint Mulberry Myrtle Needle Oak Oar Olive Orchard
    Otter Oyster Paddle Palm Pear Pebble Pepper Pier Pilot Pine Plover Plum Poplar Potter Quarry Quartz Quince Raven
    Reed Ribbon Rigger River Robin Rope Rowan Sable Saddler Saffron Sail Salt Sandbar Schooner Shell Shepherd Shore
    Shuttle Silver Skipper Slate Smith Sparrow Spindle Spruce Starling Stone Summit Swan Sycamore Tallow Tanner Teal
    Thatch Thistle Thorn Tide Timber Tinker Tower Trellis Tulip Turner Valley Velvet Vine Wagon Walnut Warbler Warden
    Water Weaver Wharf Wheel Willow Windlass Winter Wool Wren Yarrow Yew"""
)

STREET_TYPES = ("Street", "Avenue", "Lane", "Road", "Place", "Court", "Terrace", "Drive", "Square", "Boulevard")

SHORT_TYPES = {
    "Street": "ST",
    "Avenue": "AVE",
    "Lane": "LN",
    "Road": "RD",
    "Place": "PL",
    "Court": "CT",
    "Terrace": "TER",
    "Drive": "DR",
    "Square": "SQ",
    "Boulevard": "BLVD",
}
"""The abbreviations that Harbourton's older systems store."""

SIDES = ("", "East ", "West ", "North ", "South ")

GIVEN = _words(
    """Ada Agnes Alban Alma Anders Anouk Arlo Astrid Aurel Basil Beata Bela Benno Berta Bruno Calla Carina Cass Celia
    Cosmo Dagny Dario Delia Dora Edda Edwin Elba Elin Elio Elmo Enid Esme Etta Ezra Fabian Fern Flora Franka Gemma
    Gideon Greta Gustav Hedda Hilde Hollis Ida Ilse Imre Ines Ingrid Ivo Jarek Jonas Jory Juno Kaspar Katya Lars Leda
    Lena Leopold Liv Lorenz Lotte Magda Malin Marek Maren Matteo Mila Milo Mina Nadia Nell Nico Nils Nora Odile Olaf
    Oona Orla Oskar Otis Paloma Perrin Petra Pia Quentin Ragna Reza Romy Rufus Runa Sabin Saskia Selma Sigrid Silas
    Sonja Stellan Sven Talia Tamsin Thea Theo Tilda Ursa Valda Vera Viggo Wanda Wendel Willa Yara Yorick Zelda Zora"""
)

FAMILY = _words(
    """Abernook Alderwick Ambleforth Ashgrove Bellweather Birkdale Blackmoor Bramwell Brightwater Caddock Calloway
    Carrick Chandlery Cobbald Coldbrook Corvane Cranmoor Dalloway Darnley Dovecote Drummel Eastlake Elverton Fairweather
    Farrowmere Fennimore Flintlock Garrow Gathercole Glasswright Greymark Halvorsen Harrowgate Hathersage Hawkmoor
    Hollisday Holmgren Inglewick Ironsmith Jessamyn Kestrelby Kirkwold Langstrom Larkspur Lindqvister Lockmere Lorrimer
    Maddern Marchbank Merrow Middlemast Mossgrove Netherby Nightingale Norrington Oakhanger Okonedi Orrinsby Palfreyman
    Pellworth Pemberly Pinchbeck Quillon Ravensdale Redfearn Rosethwaite Rookwood Saltmarsh Sandoval-Reed Selwyck
    Shearwater Silverton Skelwith Somerleigh Sparrowhawk Starkweather Stonebridge Swanwick Tallowmere Tannahill
    Thistlewood Thornbury Tidewell Trelawn Underhay Vanterpole Velasko Wainfleet Wakerley Waterhouse Weatherall
    Westerby Whitlow Wildgoose Winterbourne Wolfenden Woodrow Wyndale Yardley Yarrowby Zabriski"""
)

FIRM_STEMS = _words(
    """Albatross Amberline Anchorage Argosy Bluewater Breakwater Brightside Capstone Clearwater Compass Cornerstone
    Crosswind Eastgate Evergreen Fairhaven Firstlight Fourwinds Goldenrod Graystone Greenline Halcyon Harbourside
    Highwater Hillcrest Ironbridge Keystone Lakeview Lamplight Landmark Longshore Lowtide Mainsail Maritime Meridian
    Milestone Moonraker Newgate Northstar Oakline Oldtown Outrigger Parkside Pinnacle Portside Redbrick Ridgeline
    Riverbend Rosewood Sandstone Seagate Silverline Southbank Springtide Starboard Stonegate Summerhill Sunward
    Tidewater Topsail Trident Uptown Waterline Waypoint Westwind Whitecap Windward"""
)

FIRM_KINDS = ("Holdings", "Properties", "Realty", "Estates", "Foods", "Trading", "Builders", "Partners", "Ventures")
FIRM_FORMS = ("LLC", "Inc", "Ltd", "Corp")

FOOD = ("Kitchen", "Diner", "Bakery", "Noodle Bar", "Café", "Grill", "Oyster House", "Pizzeria", "Tea Room", "Tavern")
RETAIL = (
    "Hardware",
    "Grocery",
    "Books",
    "Laundry",
    "Pharmacy",
    "Florist",
    "Barbers",
    "Tailors",
    "Garage",
    "Pawnbrokers",
)
