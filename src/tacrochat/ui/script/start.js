showEmpty();
openLink();
followTurns();
followState();
placeBar();
followHead();
followConversation();
redrawBasket();
