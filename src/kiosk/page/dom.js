// Elements, made without markup: no text can become any.

/** The element of an id. */
export const $ = (id) => document.getElementById(id);

/**
 * An element with properties, listeners (`onClick`), attributes (with a dash in their names, or `role`), and children.
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2).toLowerCase(), value);
    else if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function show(element, yes) {
  element.hidden = !yes;
}

/** An element of a drawing, with attributes. */
export function svg(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
