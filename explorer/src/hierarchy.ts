/** The semantic hierarchy after Saxe, McClelland & Ganguli (2019): what eight living things have, are and can do. Its
 *  singular values 3.9, 2.7, 1.6, 1.1, 0.7 … are all distinct, and its modes split the tree from the root: all items,
 *  animals | plants, birds | fish, trees | flowers, then the two of each pair. */

export const items = ["Canary", "Robin", "Salmon", "Sunfish", "Oak", "Pine", "Rose", "Daisy"];

export const properties = ["grow", "move", "roots", "fly", "swim", "petals", "leaves", "sing", "leap", "thorns"];

/** Properties × items: 1 where the item has the property. */
export const table = [
  [1, 1, 1, 1, 1, 1, 1, 1], // grow
  [1, 1, 1, 1, 0, 0, 0, 0], // move
  [0, 0, 0, 0, 1, 1, 1, 1], // roots
  [1, 1, 0, 0, 0, 0, 0, 0], // fly
  [0, 0, 1, 1, 0, 0, 0, 0], // swim
  [0, 0, 0, 0, 0, 0, 1, 1], // petals
  [0, 0, 0, 0, 1, 0, 1, 1], // leaves: a pine has needles
  [1, 0, 0, 0, 0, 0, 0, 0], // sing
  [0, 0, 1, 0, 0, 0, 0, 0], // leap
  [0, 0, 0, 0, 0, 0, 1, 0], // thorns
];
