showEmpty();
openLink();
followTurns();
followState();
placeBar();
followConversation();
redrawBasket();
