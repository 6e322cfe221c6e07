import type { Request } from '../../../api/wire/request.ts';
import type { Example } from './example.ts';
import { COMMAND, MIRROR } from './example.ts';

const request = (cmd: string, summary: string, more: Partial<Request> = {}): Example<Request> => ({
  name: cmd,
  summary,
  payload: { cmd, uuid: MIRROR, ...more },
});

/** What QBO's own document shows, but for load balancers and instances, and what is ours. */
export const requestExamples: readonly Example<Request>[] = [
  request('version', 'Versions'),
  request('get nodes dev prod', 'Nodes of two clusters'),
  request('get nodes -A', 'All nodes'),
  request('get pods -A', 'All pods'),
  request('get services -A', 'All services'),
  request('get net dev prod', 'Networks of two clusters'),
  request('get ipvs -A', 'All load balancing'),
  request('get networks -H', 'The addresses that load balancers may have'),
  request('add network 192.0.2.4 192.0.2.5', 'Addresses for load balancers'),
  request('get users -A', 'All users'),
  request('get images -A', 'All node images'),
  request('get cluster alex -k', 'A kubeconfig'),
  request('start clusters dev prod', 'Start two clusters'),
  request('start clusters -A', 'Start all clusters'),
  request('stop clusters alex', 'Stop a cluster'),
  request('stop clusters -A', 'Stop all clusters'),
  request('stop node 98650026', 'Stop a node by the first digits of its id'),
  request('add cluster alex -i hub.docker.com/kindest/node:v1.27.3', 'Make a cluster from an image'),
  request('add cluster dev prod', 'Make two clusters'),
  request('add node -n3 alex', 'Add three workers'),
  request('scale cluster alex -n 5', 'Change the number of nodes'),
  request('delete cluster dev prod', 'Delete two clusters'),
  request('delete clusters -A', 'Delete all clusters'),
  request('get nodes -A -w', 'Nodes, and each change, from the message after the 41st on', {
    id: '0b6f4b0e-3f0e-4f63-9d60-0b7f6f6f1a11',
    resume: { stream: COMMAND, after: 41 },
  }),
];
