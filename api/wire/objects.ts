/** What commands are about. `forms` are the words for it, the first two the singular and the plural. */
interface ObjectForms {
  readonly name: string;
  readonly forms: readonly [string, string, ...string[]];
}

export const OBJECTS = [
  { name: 'cluster', forms: ['cluster', 'clusters'] },
  { name: 'node', forms: ['node', 'nodes'] },
  { name: 'pod', forms: ['pod', 'pods', 'po'] },
  { name: 'service', forms: ['service', 'services', 'svc'] },
  { name: 'network', forms: ['network', 'networks', 'net'] },
  { name: 'ipvs', forms: ['ipvs', 'ipvs', 'lb', 'lbs'] },
  { name: 'user', forms: ['user', 'users'] },
  { name: 'client', forms: ['client', 'clients'] },
  { name: 'image', forms: ['image', 'images'] },
  { name: 'instance', forms: ['instance', 'instances', 'insta'] },
  { name: 'acme', forms: ['acme', 'acmes'] },
  { name: 'shell', forms: ['shell', 'shells'] },
  { name: 'all', forms: ['all', 'all'] },
] as const satisfies readonly ObjectForms[];

export type ObjectName = (typeof OBJECTS)[number]['name'];
