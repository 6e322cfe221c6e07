import { expect, test } from '@jest/globals';
import { AddressTaken, NameTaken, NetworkInUse, NetworkMissing, SubnetTaken } from '../../../crds/errors.ts';
import { failure } from './subject.ts';
import type { Fixture } from './subject.ts';

export function networksContract(fix: () => Fixture): void {
  test('a network is found by its owner, with its subnet and labels', async () => {
    const { containers, signal, labels, name } = bound(fix());
    const made = await fix().network();
    const owner = name('net');
    expect(made).toEqual({
      id: expect.any(String),
      name: owner,
      owner,
      subnets: ['10.231.7.0/24'],
      labels: { ...labels, 'qbo.io/id': owner },
    });
    expect(await containers.networks.findByOwner(owner, signal)).toEqual([made]);
    expect(await containers.networks.findByOwner(name('nobody'), signal)).toEqual([]);
    expect(await containers.networks.list(signal)).toContainEqual(made);
  });

  test('creating a network twice returns the first', async () => {
    const first = await fix().network();
    expect(await fix().network()).toEqual(first);
  });

  test('a subnet that overlaps that of another network is refused, and the other is named', async () => {
    const { subject, name } = bound(fix());
    await subject.outside.makeNetwork(name('foreign'), '10.231.8.0/23');
    const error = await failure(fix().network('net', '10.231.9.0/24'));
    expect(error).toBeInstanceOf(SubnetTaken);
    expect(error.message).toContain(name('foreign'));
    expect(error.message).toContain('10.231.8.0/23');
  });

  test('a network name that somebody else has is refused', async () => {
    const { subject, name } = bound(fix());
    await subject.outside.makeNetwork(name('net'), '10.231.8.0/24');
    expect(await failure(fix().network('net', '10.231.9.0/24'))).toBeInstanceOf(NameTaken);
  });

  test('a network with a running container is not removed, and the container is named', async () => {
    const { containers, signal, name } = bound(fix());
    const { id } = await fix().network();
    const node = await fix().running();
    const error = await failure(containers.networks.remove(id, signal));
    expect(error).toBeInstanceOf(NetworkInUse);
    expect((error as NetworkInUse).details.by).toEqual([name('node')]);
    await containers.remove(node.id, signal);
    await containers.networks.remove(id, signal);
    expect(await containers.networks.findByOwner(name('net'), signal)).toEqual([]);
  });

  test('removing a network that is gone succeeds', async () => {
    const { containers, signal } = fix();
    const { id } = await fix().network();
    await containers.networks.remove(id, signal);
    await containers.networks.remove(id, signal);
  });

  test('a running container is attached to a second network at a fixed address, and leaves it', async () => {
    const { containers, signal } = fix();
    const second = await fix().network('second', '10.231.8.0/24');
    const node = await fix().running();
    await containers.networks.connect(second.id, node.id, '10.231.8.2', signal);
    await containers.networks.connect(second.id, node.id, '10.231.8.2', signal);
    expect((await fix().existing(node.id)).addresses).toEqual({ ...node.addresses, [second.id]: '10.231.8.2' });
    await containers.networks.disconnect(second.id, node.id, signal);
    await containers.networks.disconnect(second.id, node.id, signal);
    expect((await fix().existing(node.id)).addresses).toEqual(node.addresses);
  });

  test('a container that is attached elsewhere in the network is moved', async () => {
    const { containers, signal } = fix();
    const { id } = await fix().network();
    const node = await fix().running();
    await containers.networks.connect(id, node.id, '10.231.7.9', signal);
    expect((await fix().existing(node.id)).addresses).toEqual({ [id]: '10.231.7.9' });
  });

  test('an address that another container has is refused, and the other is named', async () => {
    const { containers, signal, name } = bound(fix());
    const second = await fix().network('second', '10.231.8.0/24');
    const first = await fix().running();
    const other = await fix().running({ name: name('other'), address: '10.231.7.4' });
    await containers.networks.connect(second.id, first.id, '10.231.8.2', signal);
    const error = await failure(containers.networks.connect(second.id, other.id, '10.231.8.2', signal));
    expect(error).toBeInstanceOf(AddressTaken);
    expect(error.message).toContain(name('node'));
  });

  test('without an address the engine picks one when the container starts, and connecting again changes nothing', async () => {
    const { containers, signal } = fix();
    const network = await fix().network();
    const second = await fix().network('second', '10.231.8.0/24');
    const { id, addresses } = await fix().created({ network: { id: network.id } });
    expect(addresses).toEqual({});
    await containers.networks.connect(second.id, id, undefined, signal);
    await containers.start(id, signal);
    const both = {
      [network.id]: expect.stringMatching(/^10\.231\.7\./),
      [second.id]: expect.stringMatching(/^10\.231\.8\./),
    };
    const running = await fix().existing(id);
    expect(running.addresses).toEqual(both);
    await containers.networks.connect(second.id, id, undefined, signal);
    expect((await fix().existing(id)).addresses).toEqual(running.addresses);
    await containers.stop(id, 0, signal);
    const stopped = await fix().existing(id);
    expect(stopped.addresses).toEqual({});
    expect([...stopped.networks].sort()).toEqual([network.id, second.id].sort());
  });

  test('nothing is attached to a network that is gone', async () => {
    const { containers, signal } = fix();
    const second = await fix().network('second', '10.231.8.0/24');
    const node = await fix().running();
    await containers.networks.remove(second.id, signal);
    const error = await failure(containers.networks.connect(second.id, node.id, '10.231.8.2', signal));
    expect(error).toBeInstanceOf(NetworkMissing);
    await containers.networks.disconnect(second.id, node.id, signal);
  });

  test('a stopped container whose network was made anew starts once it is attached to the new one', async () => {
    const { containers, signal } = fix();
    const node = await fix().running();
    const old = await fix().network();
    await containers.stop(node.id, 1, signal);
    await containers.networks.remove(old.id, signal);
    expect(await failure(containers.start(node.id, signal))).toBeInstanceOf(NetworkMissing);
    const made = await fix().network();
    expect(await failure(containers.start(node.id, signal))).toBeInstanceOf(NetworkMissing);
    await containers.networks.connect(made.id, node.id, '10.231.7.3', signal);
    await containers.start(node.id, signal);
    expect(await fix().existing(node.id)).toMatchObject({ state: 'running', addresses: { [made.id]: '10.231.7.3' } });
  });
}

/** A fixture's parts, to be taken apart by name. */
function bound(fixture: Fixture) {
  const { containers, signal, labels, subject } = fixture;
  return { containers, signal, labels, subject, name: (text: string): string => fixture.name(text) };
}
