/**
 * The image's entry point: one image, two roles. `controllers`, which is what it does when nothing is said, or `api`, the bridge. Each is
 * loaded alone.
 */
const [role = 'controllers'] = process.argv.slice(2);

switch (role) {
  case 'controllers':
    await import('./controllers/main.ts');
    break;
  case 'api':
    await import('./api/main.ts');
    break;
  default:
    process.stderr.write(`There is no role ${JSON.stringify(role)}. There are: controllers, api.\n`);
    process.exitCode = 1;
}
