// The words in which two texts differ, by Myers' algorithm with a bound on the work.

const MOST_STEPS = 1_500; // beyond this many differing words the middle is shown as wholly different

export function words(text) {
  return text.match(/\s+|[\p{L}\p{N}_'’]+|[^\s\p{L}\p{N}]/gu) ?? [];
}

// Two lists of {text, same}: the first text and the second, each whole, with what they share marked.
export function difference(first, second) {
  const a = words(first);
  const b = words(second);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const kept = sharedPairs(a.slice(start, a.length - end), b.slice(start, b.length - end));
  const inA = new Set(kept.map(([index]) => index + start));
  const inB = new Set(kept.map(([, index]) => index + start));
  const mark = (list, shared) =>
    joined(list.map((text, index) => ({ text, same: index < start || index >= list.length - end || shared.has(index) })));
  return [mark(a, inA), mark(b, inB)];
}

function joined(parts) {
  const runs = [];
  for (const part of parts) {
    const last = runs.at(-1);
    if (last && last.same === part.same) last.text += part.text;
    else runs.push({ ...part });
  }
  return runs;
}

// Pairs of indexes of a longest common subsequence (Myers 1986, greedy, with the path kept).
function sharedPairs(a, b) {
  const most = Math.min(a.length + b.length, MOST_STEPS);
  const reach = new Int32Array(2 * most + 3); // the furthest x on each diagonal; diagonal d stands at d + most + 1
  const trace = [];
  for (let steps = 0; steps <= most; steps += 1) {
    trace.push(reach.slice());
    for (let diagonal = -steps; diagonal <= steps; diagonal += 2) {
      let x = startOn(reach, diagonal, steps, most).x;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x += 1;
      reach[diagonal + most + 1] = x;
      if (x >= a.length && x - diagonal >= b.length) return walkBack(trace, a.length, b.length, most);
    }
  }
  return [];
}

// Where a path with this many steps enters a diagonal: down from the one above, or right from the one below.
function startOn(reach, diagonal, steps, most) {
  const above = reach[diagonal + most + 2];
  const below = reach[diagonal + most];
  const down = diagonal === -steps || (diagonal !== steps && below < above);
  return down ? { x: above, from: diagonal + 1 } : { x: below + 1, from: diagonal - 1 };
}

function walkBack(trace, x, y, most) {
  const pairs = [];
  for (let steps = trace.length - 1; steps >= 0; steps -= 1) {
    const reach = trace[steps];
    const start = startOn(reach, x - y, steps, most);
    while (x > start.x) pairs.push([(x -= 1), (y -= 1)]);
    x = reach[start.from + most + 1];
    y = x - start.from;
  }
  return pairs;
}
