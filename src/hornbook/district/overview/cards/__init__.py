"""The cards of the signed-in home page. Each function answers one question for one viewer."""
