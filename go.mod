module example.com/guessing-game

go 1.26.0
