// Gives every style element that a library makes the page's nonce: Monaco, React Aria and Motion
// make theirs without one, and the page's Content-Security-Policy lets no other style element in.
import { setNonce } from 'get-nonce'

const nonce = document.querySelector('meta[property="csp-nonce"]').nonce
const createElement = Document.prototype.createElement

Document.prototype.createElement = function (name, ...rest) {
  const element = createElement.call(this, name, ...rest)
  if (element instanceof HTMLStyleElement) element.nonce = nonce
  return element
}
setNonce(nonce)
