"""Every write of this room: duties and questions, campaigns, signing, reminding."""
