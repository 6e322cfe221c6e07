/**
 * The image's entry point: one image, three roles. `controllers`, which is what it does when nothing is said; `api`, the bridge; and
 * `dataplane`, the operator's helper in the host's network, which it speaks to over standard input and output. Each is loaded
 * alone.
 */
const [role = 'controllers'] = process.argv.slice(2);

switch (role) {
  case 'controllers':
    await import('./controllers/main.ts');
    break;
  case 'api':
    await import('./api/main.ts');
    break;
  case 'dataplane': {
    const { dataplaneProcess } = await import('./controllers/backends/dataplane/agent/process.ts');
    await dataplaneProcess({ environment: process.env, input: process.stdin, output: process.stdout });
    // What it had listened with may still be ending.
    process.exit();
    break;
  }
  default:
    process.stderr.write(`There is no role ${JSON.stringify(role)}. There are: controllers, api, dataplane.\n`);
    process.exitCode = 1;
}
