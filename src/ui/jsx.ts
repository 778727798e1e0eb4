import type { ComponentChildren, HTMLAttributes, VNode as PreactVNode } from 'preact'

/** Anything that may stand inside a component: text, numbers, elements, lists of them, nothing. */
export type Children = ComponentChildren

/** One element, as JSX makes it. */
export type VNode = PreactVNode

// Islands are custom elements, whose names have a hyphen (HTML, "valid custom element name"); JSX then takes them all.
declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      [name: `${string}-${string}`]: HTMLAttributes<HTMLElement>
    }
  }
}
