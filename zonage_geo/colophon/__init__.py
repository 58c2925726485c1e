"""What a file of answers says of itself: its date, its sources, its doubts, its account of rows.

`facts` makes it, the same for every command; `formats` writes it, each format in its own way;
`files` puts a file and what goes with it in place at once.
"""
