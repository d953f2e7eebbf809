"""Shapes and colors, in one table.

The hues are Okabe and Ito's, which the color-blind tell apart (https://jfly.uni-koeln.de/color/), and no
meaning rests on a hue alone: shape, border or dashes say it too. Every node brings its own light fill and
dark text, so it reads the same on JupyterLab's light and dark page; lines and free text are a middle gray,
which has a contrast above 4 on both.
"""

INK = "#1b1b1b"  # text on a node
CARD = "#fcfcfc"  # the ground of a frame on a strip
LINE = "#7f7f7f"  # text and lines on the page itself
FONT = "Helvetica,Arial,sans-serif"

# kind -> Graphviz attributes of a node
KINDS: dict[str, dict[str, str]] = {
    "value": {"shape": "record", "fillcolor": "#f4f4f4", "color": LINE},
    "leaf": {"shape": "record", "fillcolor": "#d6ebfa", "color": "#0072b2"},
    "operation": {
        "shape": "circle",
        "fillcolor": "#fdeacc",
        "color": "#b06f00",
        "margin": "0.02",
        "fontsize": "13",
    },
    "variable": {"shape": "cylinder", "fillcolor": "#d6ebfa", "color": "#0072b2", "margin": "0.12,0.08"},
    "placeholder": {"shape": "hexagon", "fillcolor": "#fbf5c4", "color": "#8f7f00", "margin": "0,0.04"},
    "constant": {"shape": "note", "fillcolor": "#e9e9e9", "color": "#5f5f5f"},
    "tensor": {"shape": "box", "fillcolor": "#fdeacc", "color": "#b06f00", "style": "filled,rounded"},
    "gradient": {
        "shape": "box",
        "fillcolor": "#f5dcea",
        "color": "#a8437f",
        "style": "filled,rounded,dashed",
    },
    "group": {"shape": "box3d", "fillcolor": "#d5f0e6", "color": "#00805d", "margin": "0.14,0.08"},
    "gradient group": {
        "shape": "box3d",
        "fillcolor": "#f5dcea",
        "color": "#a8437f",
        "style": "filled,dashed",
        "margin": "0.14,0.08",
    },
    "more": {"shape": "plaintext", "fillcolor": "none", "color": "none", "fontcolor": LINE, "style": ""},
}

# state -> what it changes about a node, whatever its kind
STATES: dict[str, dict[str, str]] = {
    "": {},
    "visiting": {"fillcolor": "#f7b733", "color": "#a35b00", "penwidth": "3"},
    "pending": {"fillcolor": "#f5dcea", "color": "#a8437f", "penwidth": "2", "style": "filled,dashed"},
    "final": {"fillcolor": "#c4ebdc", "color": "#00805d", "penwidth": "2"},
    "wrong": {"fillcolor": "#ffd9c7", "color": "#c04400", "penwidth": "3", "style": "filled,dotted"},
}

EDGES: dict[str, dict[str, str]] = {
    "forward": {"color": LINE},
    "gradient": {"color": "#c2609a", "style": "dashed"},
    "active": {"color": "#d98200", "penwidth": "2.5"},
}
