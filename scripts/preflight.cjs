// Plain CommonJS, so that it runs on any Node and can say what is missing before anything else fails with a syntax error.
const [major] = process.versions.node.split('.').map(Number)
if (major < 24) {
  process.stderr.write(
    `dataspace-compute needs Node 24 or newer; this is Node ${process.versions.node}.\n` +
      '`npm ci` brings the right Node as the development dependency "node" and npm scripts then use it.\n' +
      'If install scripts are switched off on this machine, run `npm rebuild node`, or install Node 24 and try again.\n',
  )
  process.exit(1)
}
