const examples = [
  { text: 'Word count', link: '/examples/word-count' },
  { text: 'Linear regression', link: '/examples/linear-regression' },
  { text: 'Parameter sweep', link: '/examples/parameter-sweep' },
]

/** The pages' places, by what a reader wants of them; a test sees to it that no page of docs/ is missing. */
export const navigation = {
  nav: [
    { text: 'Get started', link: '/getting-started' },
    {
      text: 'Operate',
      link: '/operations',
      activeMatch: '/(kubernetes|operations|limits|audit|configuration|object-stores|security|upgrading)',
    },
    { text: 'Reference', link: '/openapi', activeMatch: '/(cli|openapi|admin-api|errors|result-gateway|schema)' },
  ],
  sidebar: [
    {
      text: 'Get started',
      items: [
        { text: 'What it is', link: '/about' },
        { text: 'Getting started', link: '/getting-started' },
        { text: 'The whole way on one machine', link: '/compose' },
      ],
    },
    {
      text: 'Concepts',
      items: [
        { text: 'Architecture', link: '/architecture' },
        { text: 'A compute asset', link: '/compute-asset' },
        { text: 'Failures', link: '/failures' },
      ],
    },
    {
      text: 'How to',
      items: [
        { text: 'Install on Kubernetes', link: '/kubernetes' },
        { text: 'Connect a connector', link: '/connecting-a-connector' },
        { text: 'Be its data plane', link: '/data-plane-signaling' },
        { text: 'Be its data plane by JSON-LD', link: '/json-ld-signaling' },
        { text: 'Receive from providers', link: '/receiving' },
        { text: 'Publish assets', link: '/publication' },
        { text: 'Choose an object store', link: '/object-stores' },
        { text: 'Operate', link: '/operations' },
        { text: 'Limit jobs', link: '/limits' },
        { text: 'Read the audit log', link: '/audit' },
        { text: 'Upgrade', link: '/upgrading' },
      ],
    },
    { text: 'Examples', collapsed: true, items: examples },
    {
      text: 'Reference',
      items: [
        { text: 'Configuration', link: '/configuration' },
        { text: 'Command line', link: '/cli' },
        { text: 'Admin API', link: '/admin-api' },
        { text: 'Result gateway', link: '/result-gateway' },
        { text: 'Push destinations', link: '/push-destinations' },
        { text: 'OpenAPI documents', link: '/openapi' },
        { text: 'JSON Schema of assets', link: '/schema' },
        { text: 'Errors and causes of failure', link: '/errors' },
        { text: 'SDK for data planes', link: '/data-plane-signaling-sdk' },
        { text: 'Compatibility', link: '/compatibility' },
        { text: 'Changelog', link: '/changelog' },
      ],
    },
    {
      text: 'Security',
      items: [
        { text: 'Security', link: '/security' },
        { text: 'Report a vulnerability', link: '/reporting-vulnerabilities' },
      ],
    },
    {
      text: 'Contribute',
      collapsed: true,
      items: [
        { text: 'Contributing', link: '/contributing/' },
        { text: 'The testbed', link: '/contributing/testbed' },
        { text: 'Dependencies', link: '/dependencies' },
        { text: 'Benchmarks', link: '/benchmarks' },
        { text: 'Long runs', link: '/long-runs' },
        { text: 'Decisions', link: '/decisions/' },
      ],
    },
  ],
}
