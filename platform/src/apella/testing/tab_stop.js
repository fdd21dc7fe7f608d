/* Run by apella.testing.browser after each press of Tab: what has the focus, and can a person see that it has. */
async () => {
  const element = document.activeElement;
  if (!element || element === document.body) {
    return null;
  }
  const isOut = (box) =>
    box.left < 0 || box.right > document.documentElement.clientWidth + 1 || box.top < 0 || box.bottom > window.innerHeight + 1;

  /* The browser scrolls to a new focus some frames later. */
  for (let frame = 0; frame < 60 && element.getClientRects()[0] && isOut(element.getClientRects()[0]); frame += 1) {
    await new Promise(requestAnimationFrame);
  }
  window.apellaTabStops = window.apellaTabStops || new WeakSet();
  const seen = window.apellaTabStops.has(element);
  window.apellaTabStops.add(element);

  const faults = [];
  const box = element.getClientRects()[0];
  const style = getComputedStyle(element);
  const name = `${element.tagName.toLowerCase()} ${JSON.stringify((element.innerText || element.name || element.id).trim().slice(0, 50))}`;
  if (!box || box.width < 1 || box.height < 1) {
    return {seen, name, faults: ["has no box"]};
  }
  if (isOut(box)) {
    faults.push("is out of the window");
  }
  const onTop = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  if (onTop && !element.contains(onTop) && style.pointerEvents !== "none") {
    faults.push(`is covered by ${onTop.tagName.toLowerCase()}.${onTop.className}`);
  }
  const width = parseFloat(style.outlineWidth);
  if (style.outlineStyle === "none" || width < 2) {
    faults.push("has no ring");
  }
  const reach = width + parseFloat(style.outlineOffset);
  for (let at = element.parentElement; at; at = at.parentElement) {
    const overflow = getComputedStyle(at);
    if (/hidden|clip/.test(overflow.overflowX + overflow.overflowY)) {
      const frame = at.getBoundingClientRect();
      if (box.left - reach < frame.left - 1 || box.right + reach > frame.right + 1 || box.top - reach < frame.top - 1 || box.bottom + reach > frame.bottom + 1) {
        faults.push("has a ring that is cut off");
      }
    }
  }
  return {seen, name, faults};
}
