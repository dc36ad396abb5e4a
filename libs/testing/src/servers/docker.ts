import { userInfo } from 'node:os';

export type ContainerSpec = {
  readonly image: string;
  readonly command: readonly string[];
  /** Host folder → folder inside. */
  readonly folders: Readonly<Record<string, string>>;
  readonly port: number;
};

/**
 * Runs a server in a container through testcontainers, which also removes it should we die. The port is the same in-
 * and outside, so that a replica set's member has one address for everyone. testcontainers takes half a second to load
 * and most machines never need it: it is imported here, late.
 */
export const startContainer = async ({
  image,
  command,
  folders,
  port,
}: ContainerSpec): Promise<() => Promise<void>> => {
  const { GenericContainer, Wait } = await import('testcontainers');
  const { uid, gid } = userInfo();
  const container = await new GenericContainer(image)
    .withCommand([...command])
    .withUser(`${uid}:${gid}`)
    .withBindMounts(Object.entries(folders).map(([source, target]) => ({ source, target })))
    .withExposedPorts({ container: port, host: port })
    .withWaitStrategy(Wait.forListeningPorts())
    .withStartupTimeout(60_000)
    .start();
  return async () => {
    await container.stop({ timeout: 10_000 });
  };
};
