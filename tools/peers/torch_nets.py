"""The bench's networks in PyTorch: the same layers and parameter counts as tools/bench/nets.ts. They end in logits."""
from torch import nn


def norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)  # Keras's defaults


def conv(inputs, outputs, kernel_size, stride=1, bias=False):
    return nn.Conv2d(inputs, outputs, kernel_size, stride, padding=kernel_size // 2, bias=bias)


def head(channels, classes):
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))


class ArticleBlock(nn.Module):
    """Bias in every convolution, a projection on every shortcut, no activation after the addition."""

    def __init__(self, inputs, filters, stride=1):
        super().__init__()
        self.path = nn.Sequential(
            conv(inputs, filters, 3, stride, bias=True), norm(filters), nn.ReLU(inplace=True),
            conv(filters, filters, 3, bias=True), norm(filters),
        )
        self.shortcut = conv(inputs, filters, 1, stride, bias=True)

    def forward(self, x):
        return self.path(x) + self.shortcut(x)


def article(classes=10):
    return nn.Sequential(
        conv(3, 64, 7, 2, bias=True), norm(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, padding=1),
        ArticleBlock(64, 32), ArticleBlock(32, 64, 2), ArticleBlock(64, 128, 2), head(128, classes),
    )


class Residual(nn.Module):
    """relu(path(x) + x), x projected where its shape is another (He et al. 2015, option B)."""

    def __init__(self, path, inputs, outputs, stride):
        super().__init__()
        self.path = path
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else nn.Sequential(conv(inputs, outputs, 1, stride), norm(outputs))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.path(x) + self.shortcut(x))


def basic_path(inputs, filters, stride):
    return nn.Sequential(
        conv(inputs, filters, 3, stride), norm(filters), nn.ReLU(inplace=True), conv(filters, filters, 3), norm(filters)
    )


def basic_block(inputs, filters, stride):
    return Residual(basic_path(inputs, filters, stride), inputs, filters, stride)


def bottleneck(inputs, width, stride):
    path = nn.Sequential(
        conv(inputs, width, 1), norm(width), nn.ReLU(inplace=True),
        conv(width, width, 3, stride), norm(width), nn.ReLU(inplace=True),
        conv(width, 4 * width, 1), norm(4 * width),
    )
    return Residual(path, inputs, 4 * width, stride)


def resnet_cifar(depth, classes=10, block=basic_block):
    """He et al. 2015, section 4.2: depth 20, 32, 44, 56 or 110."""
    blocks, channels = [], 16
    for stage, filters in enumerate((16, 32, 64)):
        for place in range((depth - 2) // 6):
            blocks.append(block(channels, filters, 2 if stage > 0 and place == 0 else 1))
            channels = filters
    return nn.Sequential(conv(3, 16, 3), norm(16), nn.ReLU(inplace=True), *blocks, head(64, classes))


def resnet50(classes=1000):
    """He et al. 2015, table 1, with the stride in the 3x3 convolution ("version 1.5", as torchvision's)."""
    blocks, channels = [], 64
    for stage, count in enumerate((3, 4, 6, 3)):
        for block in range(count):
            blocks.append(bottleneck(channels, 64 * 2**stage, 2 if stage > 0 and block == 0 else 1))
            channels = 4 * 64 * 2**stage
    stem = (conv(3, 64, 7, 2), norm(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, padding=1))
    return nn.Sequential(*stem, *blocks, head(2048, classes))


NETS = {
    "article": article,
    "resnet20": lambda: resnet_cifar(20),
    "resnet110": lambda: resnet_cifar(110),
    "resnet50": resnet50,
}
