/* Run by apella.testing.browser in a page: text on text, text cut off, text out of the window. */
() => {
  const findings = new Set();
  const name = (text) => JSON.stringify(text.trim().replace(/\s+/g, " ").slice(0, 60));

  /* Text for screen readers only is meant to be out of sight. */
  const isForEars = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.clipPath.startsWith("inset(50%") || at.matches(".ap-skip:not(:focus)")) {
        return true;
      }
    }
    return false;
  };

  const clippers = new Map();
  const clippersOf = (element) => {
    if (!element) {
      return [];
    }
    if (!clippers.has(element)) {
      const style = getComputedStyle(element);
      const own = /hidden|clip/.test(style.overflowX + style.overflowY) ? [element] : [];
      clippers.set(element, own.concat(clippersOf(element.parentElement)));
    }
    return clippers.get(element);
  };

  const windowWidth = document.documentElement.clientWidth;
  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest("script, style, svg, option") || !element.checkVisibility({visibilityProperty: true, opacityProperty: true}) || isForEars(element)) {
      continue;
    }
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width < 1 || box.height < 1) {
        continue;
      }
      if (box.left < -1 || box.right > windowWidth + 1) {
        findings.add(`text leaves the window: ${name(node.data)}`);
      }
      for (const clipper of clippersOf(element)) {
        const frame = clipper.getBoundingClientRect();
        if (box.left < frame.left - 1.5 || box.right > frame.right + 1.5 || box.top < frame.top - 2.5 || box.bottom > frame.bottom + 2.5) {
          findings.add(`text is cut off: ${name(node.data)}`);
        }
      }
      boxes.push({node, box});
    }
  }

  /* The box of a line is higher than its letters: lines of one paragraph touch, text on text covers a good part. */
  boxes.sort((a, b) => a.box.top - b.box.top);
  for (let i = 0; i < boxes.length; i += 1) {
    const {node, box} = boxes[i];
    for (let j = i + 1; j < boxes.length && boxes[j].box.top < box.bottom; j += 1) {
      const other = boxes[j];
      const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
      const down = Math.min(box.bottom, other.box.bottom) - other.box.top;
      if (other.node !== node && across > 2 && down > 0.35 * Math.min(box.height, other.box.height)) {
        findings.add(`text lies on text: ${name(node.data)} and ${name(other.node.data)}`);
      }
    }
  }
  return [...findings];
}
