'use strict'

// Responds at once, as ../stub does.
exports.game = async () => ({ kind: 'GuessEvaluated', id: '7a1c', guesses: [5, null, null], random_number: 7, status: 'ongoing' })
