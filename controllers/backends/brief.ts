/** How people see an id: its first twelve digits, as the docker command line shows it. Names stay as they are. */
export const brief = (nameOrId: string): string => (/^[0-9a-f]{64}$/.test(nameOrId) ? nameOrId.slice(0, 12) : nameOrId);
