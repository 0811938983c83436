"""How far data moved by a generator are from being valid."""
