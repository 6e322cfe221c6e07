/** tmpfs in a node: an engine's archive reads and writes the files below them, which nobody in the node sees. */
const HIDDEN = ['/tmp', '/run'];

/** Throws for a path that an engine's archive can not reach rightly, or that is not absolute and plain: a mistake of ours. */
export function assertArchivable(path: string): void {
  const isPlain = path.startsWith('/') && !path.split('/').some((part) => part === '..' || part === '.');
  const isHidden = HIDDEN.some((folder) => path === folder || path.startsWith(`${folder}/`));
  if (!isPlain) throw new Error(`Not an absolute path without dots: ${path}`);
  if (isHidden) throw new Error(`Path ${path} is on a tmpfs of the node: use another folder, or a command`);
}
