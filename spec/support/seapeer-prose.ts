const WORDS = 'alpha beta gamma delta epsilon zeta eta theta'.split(' ');

/** The first `length` characters of the text that seapeer sends where bytes are to compress. */
export function prose(length: number): string {
  let text = '';
  let state = 1;
  while (text.length < length) {
    // The generator of "Numerical Recipes"; its high byte chooses the word.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += `${WORDS[(state >>> 24) % WORDS.length]} `;
  }
  return text.slice(0, length);
}
