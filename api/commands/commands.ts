import type { Caller } from '../caller.ts';
import { Failure } from '../failure.ts';
import type { Command } from '../wire/command.ts';
import { addAddresses } from './add/addresses.ts';
import { addClusters } from './add/cluster.ts';
import { addUsers } from './add/user.ts';
import { deleteAddresses } from './delete/addresses.ts';
import { deleteClusters } from './delete/clusters.ts';
import { deleteNodes } from './delete/nodes.ts';
import { deleteUsers } from './delete/users.ts';
import { getAddresses } from './get/addresses.ts';
import { getAll } from './get/all.ts';
import { getClients } from './get/clients.ts';
import { getClusters } from './get/clusters.ts';
import { getImages } from './get/images.ts';
import { getIpvs } from './get/ipvs.ts';
import { getKubeconfigs } from './get/kubeconfig.ts';
import { getNetworks } from './get/networks.ts';
import { getNodes } from './get/nodes.ts';
import { getInstances } from './get/nothing-yet.ts';
import { getPods } from './get/pods.ts';
import { getServices } from './get/services.ts';
import { getUsers } from './get/users.ts';
import { getVersion } from './get/version.ts';
import type { Commands, Reply } from './index.ts';
import { powerOfClusters, powerOfNodes } from './power.ts';
import { addNodes, scaleClusters } from './scale.ts';
import type { Bridge, Scope } from './scope.ts';
import { NO_CERTIFICATES, NO_INSTANCES, NO_SHELL } from './unavailable.ts';
import { watching } from './watching.ts';
import { whereFound } from './where-found.ts';

type Execute = (scope: Scope) => Promise<void>;

/** `verb object` to what does it. What is not here is a word of the language that asks for nothing of ours. */
const EXECUTE: Readonly<Partial<Record<string, Execute>>> = {
  version: getVersion,
  'get cluster': (scope) => (scope.command.options.kubeconfig === true ? getKubeconfigs(scope) : getClusters(scope)),
  'get node': getNodes,
  'get pod': getPods,
  'get service': getServices,
  'get network': (scope) => (scope.command.options.host === true ? getAddresses(scope) : getNetworks(scope)),
  'get ipvs': getIpvs,
  'get user': getUsers,
  'get client': getClients,
  'get image': getImages,
  'get instance': getInstances,
  'get acme': NO_CERTIFICATES,
  'get all': getAll,
  'add cluster': addClusters,
  'add node': addNodes,
  'add user': addUsers,
  'add network': addAddresses,
  'add instance': NO_INSTANCES,
  'delete cluster': deleteClusters,
  'delete node': deleteNodes,
  'delete user': deleteUsers,
  'delete network': deleteAddresses,
  'delete instance': NO_INSTANCES,
  'start cluster': powerOfClusters('Running', ['Stopped', 'Paused']),
  'start node': powerOfNodes('Running'),
  'stop cluster': powerOfClusters('Stopped'),
  'stop node': powerOfNodes('Stopped'),
  'pause cluster': powerOfClusters('Paused'),
  'pause node': powerOfNodes('Paused'),
  'resume cluster': powerOfClusters('Running', ['Paused']),
  'resume node': powerOfNodes('Running'),
  'start instance': NO_INSTANCES,
  'stop instance': NO_INSTANCES,
  'pause instance': NO_INSTANCES,
  'resume instance': NO_INSTANCES,
  'scale cluster': scaleClusters,
  'resize shell': NO_SHELL,
};

/** All commands, over one API server. Everything that they ask of it they ask as whoever sent the command. */
export function commands(bridge: Bridge): Commands {
  /** Ends never: what a command has begun to change is brought to its end. */
  const work = new AbortController().signal;
  const scopeOf = (command: Command, caller: Caller, reply: Reply, signal: AbortSignal): Scope => ({
    ...bridge,
    command,
    caller,
    kube: bridge.management.as(caller.impersonate),
    reply,
    signal,
    work,
  });
  return {
    run: async (command, caller, reply, signal) => {
      const execute = EXECUTE[[command.verb, command.object].filter((word) => word !== undefined).join(' ')];
      if (execute === undefined) {
        throw new Failure(400, `${command.line} is nothing that can be asked of the bridge. See qbo help.`);
      }
      await execute(scopeOf(command, caller, reply, signal));
    },
    watch: (command, caller, signal) => watching(scopeOf(command, caller, SILENT, signal), whereFound),
  };
}

/** What is found while a watch is opened is no answer yet. */
const SILENT: Reply = { send: () => undefined };
