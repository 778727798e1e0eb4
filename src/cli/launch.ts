#!/usr/bin/env node
// What `npx trivet` runs. It imports nothing and is written so that old Nodes can read it: the program itself they cannot,
// and would say so with the name of a function that they lack.

/** `engines.node` of package.json, put here by the build: major and minor. */
declare const TRIVET_NODE: string

const [wantedMajor, wantedMinor] = TRIVET_NODE.split('.').map(Number)
const [major, minor] = process.versions.node.split('.').map(Number)
if (
  major !== undefined &&
  (major > Number(wantedMajor) || (major === wantedMajor && Number(minor) >= Number(wantedMinor)))
) {
  // A path that the bundler does not follow: the program is built beside this file.
  const program = './main.js'
  import(program)
} else {
  console.error(`Trivet needs Node ${TRIVET_NODE} or newer; this is ${process.version}.`)
  process.exitCode = 1
}
