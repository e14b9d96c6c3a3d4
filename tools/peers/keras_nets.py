"""The bench's networks in Keras: the same layers and parameter counts as tools/bench/nets.ts."""
import keras
from keras import layers


def article(classes=10):
    """The article's network: bias in every convolution, a projection on every shortcut, no activation after the addition."""
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(64, 7, strides=2, padding="same")(inputs)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    x = article_block(x, 32)
    x = article_block(x, 64, strides=2)
    x = article_block(x, 128, strides=2)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))


def article_block(x, filters, strides=1):
    y = layers.Conv2D(filters, 3, strides=strides, padding="same")(x)
    y = layers.BatchNormalization()(y)
    y = layers.ReLU()(y)
    y = layers.Conv2D(filters, 3, padding="same")(y)
    y = layers.BatchNormalization()(y)
    shortcut = layers.Conv2D(filters, 1, strides=strides, padding="same")(x)
    return layers.Add()([y, shortcut])


def resnet_cifar(depth, classes=10):
    """He et al. 2015, section 4.2, with projections (option B): depth 20, 32, 44, 56 or 110."""
    inputs = keras.Input((32, 32, 3))
    x = layers.ReLU()(conv_norm(inputs, 16, 3))
    for stage, filters in enumerate((16, 32, 64)):
        for block in range((depth - 2) // 6):
            x = basic_block(x, filters, strides=2 if stage > 0 and block == 0 else 1)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))


def basic_block(x, filters, strides):
    y = layers.ReLU()(conv_norm(x, filters, 3, strides))
    y = conv_norm(y, filters, 3)
    return joined(x, y, strides)


def resnet50(classes=1000):
    """He et al. 2015, table 1, with the stride in the 3x3 convolution ("version 1.5")."""
    inputs = keras.Input((224, 224, 3))
    x = layers.ReLU()(conv_norm(inputs, 64, 7, 2))
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    for stage, blocks in enumerate((3, 4, 6, 3)):
        for block in range(blocks):
            x = bottleneck(x, 64 * 2**stage, strides=2 if stage > 0 and block == 0 else 1)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))


def bottleneck(x, width, strides):
    y = layers.ReLU()(conv_norm(x, width, 1))
    y = layers.ReLU()(conv_norm(y, width, 3, strides))
    y = conv_norm(y, 4 * width, 1)
    return joined(x, y, strides)


def joined(x, y, strides):
    """relu(y + x), x projected where its shape is another."""
    filters = y.shape[-1]
    shortcut = x if strides == 1 and x.shape[-1] == filters else conv_norm(x, filters, 1, strides)
    return layers.ReLU()(layers.Add()([y, shortcut]))


def conv_norm(x, filters, kernel_size, strides=1):
    y = layers.Conv2D(filters, kernel_size, strides=strides, padding="same", use_bias=False)(x)
    return layers.BatchNormalization()(y)


NETS = {
    "article": article,
    "resnet20": lambda: resnet_cifar(20),
    "resnet110": lambda: resnet_cifar(110),
    "resnet50": resnet50,
}
